/** The RADIUS dictionaries of this daemon: those it brings and those of the configuration's files. */
import { readFileSync } from 'node:fs';
import { builtInDictionaries, type Dictionary, readDictionaries } from '../collectors/index.ts';
import { meterdError } from './errors.ts';

const fileOctetsMax = 1024 * 1024;

/** Throws `config-invalid` naming file and line of what is wrong. */
export function loadDictionaries(files: readonly string[]): Dictionary {
  const result = readDictionaries([...builtInDictionaries, ...files.map((name) => ({ name, text: readText(name) }))]);
  if (result.ok) return result.dictionary;
  const problems = result.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  throw meterdError('config-invalid', problems.join('\n'));
}

function readText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const why = (cause as Error).message;
    throw meterdError('config-invalid', `radius.dictionaries: can't read ${file}: ${why}`, { cause });
  }
  if (text.length > fileOctetsMax) {
    throw meterdError('config-invalid', `radius.dictionaries: ${file} is larger than ${fileOctetsMax} octets`);
  }
  return text;
}
