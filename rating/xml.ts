/** XML text to a tree of elements with the line of everything. No document types, no entities but the five built in. */

import { SaxesParser } from 'saxes';

export interface XmlAttribute {
  readonly value: string;
  readonly line: number;
}

export interface XmlElement {
  readonly name: string;
  readonly line: number;
  readonly attributes: ReadonlyMap<string, XmlAttribute>;
  readonly children: readonly XmlElement[];
}

export type XmlResult = { readonly root: XmlElement } | { readonly line: number; readonly message: string };

/** Longest document read, in characters. */
export const PLAN_CHARACTERS_MAX = 1_000_000;
const DEPTH_MAX = 8;
const ELEMENTS_MAX = 10_000;

/** The root element, or the first thing wrong with its line. Text other than white space is refused. */
export function parseXml(text: string): XmlResult {
  if (text.length > PLAN_CHARACTERS_MAX) return { line: 1, message: `longer than ${PLAN_CHARACTERS_MAX} characters` };
  const parser = new SaxesParser({ position: true });
  const stack: { name: string; line: number; attributes: Map<string, XmlAttribute>; children: XmlElement[] }[] = [];
  let root: XmlElement | null = null;
  let elements = 0;
  let problem: { line: number; message: string } | null = null;
  const refuse = (message: string) => {
    problem ??= { line: parser.line, message };
  };
  let attributes = new Map<string, XmlAttribute>();
  let line = 1;

  parser.on('error', (error) => refuse(`not well-formed XML: ${error.message.replace(/^\d+:\d+: /, '')}`));
  parser.on('doctype', () => refuse('a document type declaration is not allowed'));
  parser.on('opentagstart', () => {
    attributes = new Map();
    line = parser.line;
  });
  parser.on('attribute', ({ name, value }) => {
    attributes.set(name, { value, line: parser.line });
  });
  parser.on('opentag', ({ name }) => {
    const element = { name, line, attributes, children: [] };
    const parent = stack.at(-1);
    if (parent) parent.children.push(element);
    else root ??= element;
    stack.push(element);
    if (stack.length > DEPTH_MAX) refuse(`elements nested deeper than ${DEPTH_MAX}`);
    if (++elements > ELEMENTS_MAX) refuse(`more than ${ELEMENTS_MAX} elements`);
  });
  parser.on('closetag', () => {
    stack.pop();
  });
  const content = (data: string) => {
    if (stack.length > 0 && data.trim() !== '')
      refuse(`text where only elements may be: "${data.trim().slice(0, 40)}"`);
  };
  parser.on('text', content);
  parser.on('cdata', content);

  // In pieces, so that a refused document is not read to its end.
  for (let at = 0; at < text.length && !problem; at += 16_384) parser.write(text.slice(at, at + 16_384));
  if (!problem) parser.close();
  return problem ?? (root ? { root } : { line: 1, message: 'no element' });
}
