/** The files of examples/instant-ip, played through the command. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { simulateCommand } from '../../../daemon/commands/simulate.ts';
import { readAll } from '../../collectors/instant-ip/samples.ts';
import { captured } from './captured.ts';

const textOf = (name: string) => readFileSync(`examples/instant-ip/${name}`, 'utf8');

function play(name: string, ...options: string[]) {
  return simulateCommand(['instant-ip', `examples/instant-ip/${name}`, '--speed', 'max', ...options]);
}

describe('the sample files', () => {
  it.each([
    ['document.csv', '5 records, charges 6.500 USD'],
    ['document.txt', '5 records, charges 6.500 USD'],
    ['law-firm.csv', '8 records, charges 10.785 USD'],
    ['hotel.csv', '8 records, charges 27.333 EUR'],
  ])('%s is read strictly, without a warning, and its totals agree', async (name, sum) => {
    const said = captured();
    expect(await play(name)).toBe(0);
    expect(said.err()).toMatch(new RegExp(`^${sum}\nthe last total .* as its charges make it\n$`));
  });

  it('of the document are the same records in both forms', () => {
    const records = (name: string) => readAll(textOf(name)).map((entry) => entry.record);
    expect(records('document.txt')).toEqual(records('document.csv'));
  });

  it("with the document's own long texts are for the lenient reader only", async () => {
    const said = captured();
    expect(await play('document-lenient.csv')).toBe(2);
    expect(said.err()).toContain('document-lenient.csv:2:23: unitOfMeasure: found "megabytes"');
    expect(said.out()).toBe('');
    expect(await play('document-lenient.csv', '--lenient')).toBe(0);
    expect(said.out()).toContain('Voice Transmission - Ann Arbor to Delhi,\n');
  });

  it.each(['faults.csv', 'faults.txt'])('%s has every fault, each told as in the golden file', async (name) => {
    const said = captured();
    expect(await play(name, '--on-error', 'skip')).toBe(0);
    const golden = readFileSync(new URL(`./golden/${name}.messages`, import.meta.url), 'utf8');
    expect(said.err()).toBe(golden);
  });

  it('of faults end at the first one unless told to skip', async () => {
    const said = captured();
    expect(await play('faults.csv')).toBe(2);
    expect(said.err().match(/found/g)).toHaveLength(1);
    expect(said.err()).toContain('1 record, charges 0.500 USD');
  });

  it('are shown as on the display, with every field', async () => {
    const said = captured();
    await play('hotel.csv');
    expect(said.out()).toContain(
      [
        '26/07/14 20:40:12  Voice Transmission - Zürich to Boston',
        '                   7.125 MINS  TeleVoice  for Room 305',
        '                   charge 1.283 EUR   total 13.683   balance 6.317',
        '',
      ].join('\n'),
    );
  });
});
