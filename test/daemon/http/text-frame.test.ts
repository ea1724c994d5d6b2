import { PassThrough, type Writable } from 'node:stream';
import { expect, test } from 'vitest';
import * as ws from 'ws';
import { textFrame } from '../../../daemon/http/text-frame.ts';

/** Part of the package, and missing in its types. */
const { Receiver } = ws as unknown as { readonly Receiver: new (options: object) => Writable };

/** What ws, as the other side, makes of octets. */
function received(frames: readonly string[]): string[] {
  const texts: string[] = [];
  const receiver = new Receiver({ isServer: false, maxPayload: 1 << 20 });
  receiver.on('message', (data: Buffer, isBinary: boolean) => texts.push(isBinary ? '(binary)' : data.toString()));
  receiver.on('error', (error: Error) => texts.push(String(error)));
  const stream = new PassThrough();
  for (const frame of frames) stream.write(frame, 'latin1');
  receiver.write(stream.read());
  return texts;
}

test('frames are what an independent reader of RFC 6455 takes for their texts, at each length of the length', () => {
  const texts = [0, 1, 124, 125, 126, 127, 255, 256, 65_534, 65_535].map((length) => '~'.repeat(length));
  expect(received(texts.map((text) => textFrame(text)!))).toEqual(texts);
});

test.each(['é', 'x€', '😀', '\u0080', '\ud800', 'x'.repeat(65_536)])('what is no short ASCII is left to ws', (text) => {
  expect(textFrame(text)).toBeNull();
});
