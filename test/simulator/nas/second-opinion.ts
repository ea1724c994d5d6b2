/**
 * The npm package `radius` as a second opinion on the simulator's packets, and a RADIUS server made of it that answers
 * everything it can verify.
 */
import { createHmac } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

export interface DecodedPacket {
  readonly code: string;
  readonly identifier: number;
  readonly length: number;
  readonly attributes: Readonly<Record<string, string | number | Date | Buffer>>;
}

interface RadiusPackage {
  /** Throws where the authenticator is wrong for the secret. */
  decode(args: { packet: Buffer; secret: string }): DecodedPacket;
  encode_response(args: { packet: DecodedPacket; code: string; secret: string }): Buffer;
  verify_response(args: { request: Buffer; response: Buffer; secret: string }): boolean;
}

export const radius = createRequire(import.meta.url)('radius') as RadiusPackage;

/**
 * Decodes and verifies a request; throws where it does not verify. The package computes Message-Authenticator of an
 * Accounting-Request over the final Request Authenticator, where FreeRADIUS (rad_verify in src/lib/radius.c) and hence
 * the world takes sixteen zeros: that one check, which it makes last, is made here instead.
 */
export function decodeRequest(packet: Buffer, secret: string): DecodedPacket {
  try {
    return radius.decode({ packet, secret });
  } catch (error) {
    const { message, decoded } = error as Error & { decoded?: DecodedPacket };
    if (!decoded || !message.includes('Message-Authenticator')) throw error;
    const sent = decoded.attributes['Message-Authenticator'] as Buffer;
    const zeroed = Buffer.from(packet.subarray(0, decoded.length));
    zeroed.fill(0, 4, 20);
    zeroed.fill(0, zeroed.indexOf(sent), zeroed.indexOf(sent) + 16);
    if (!createHmac('md5', secret).update(zeroed).digest().equals(sent)) throw error;
    return decoded;
  }
}

export interface AnsweringServer {
  readonly port: number;
  /** Verified requests, retransmissions and duplicates included. */
  readonly received: DecodedPacket[];
  readonly refused: number;
  close(): Promise<void>;
}

/** `answers` may change or withhold the answer to the nth verified request. */
export async function startAnsweringServer(
  secret: string,
  answers: (answer: Buffer, n: number) => Buffer | null = (answer) => answer,
): Promise<AnsweringServer> {
  const socket = createSocket('udp4');
  const received: DecodedPacket[] = [];
  let refused = 0;
  socket.on('message', (packet, from) => {
    let request: DecodedPacket;
    try {
      request = decodeRequest(packet, secret);
    } catch {
      refused++;
      return;
    }
    received.push(request);
    const answer = answers(
      radius.encode_response({ packet: request, code: 'Accounting-Response', secret }),
      received.length - 1,
    );
    if (answer) socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  socket.setRecvBufferSize(4 * 1024 * 1024);
  return {
    port: (socket.address() as AddressInfo).port,
    received,
    get refused() {
      return refused;
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
