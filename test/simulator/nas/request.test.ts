import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAnswerVerifier } from '../../../simulator/nas/answer.ts';
import { type AccountingReport, emptyReport } from '../../../simulator/nas/report.ts';
import { encodeRequest, requestOctetsMax } from '../../../simulator/nas/request.ts';
import { decodeRequest, radius } from './second-opinion.ts';

const word = (max: number) => fc.stringMatching(new RegExp(`^[a-zA-Z0-9@._-]{1,${max}}$`));
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const octets = fc.integer({ min: 0, max: 2 ** 45 });

const reports: fc.Arbitrary<AccountingReport> = fc.record({
  status: fc.constantFrom(1 as const, 2 as const, 3 as const),
  userName: word(60),
  sessionId: word(40),
  nasIdentifier: word(20),
  nasAddress: uint32,
  framedAddress: uint32,
  nasPort: uint32,
  callingStationId: word(17),
  calledStationId: word(17),
  sessionSeconds: uint32,
  eventSeconds: fc.integer({ min: 1, max: 0x7fff_ffff }),
  inputOctets: octets,
  outputOctets: octets,
  inputPackets: octets,
  outputPackets: octets,
  gigawords: fc.boolean(),
  terminateCause: fc.integer({ min: 1, max: 18 }),
});

function encoded(report: AccountingReport, identifier: number, secret: string, messageAuthenticator: boolean): Buffer {
  const cell = Buffer.alloc(requestOctetsMax, 0xa5);
  const length = encodeRequest(report, cell, identifier, { secret: Buffer.from(secret), messageAuthenticator });
  return Buffer.from(cell.subarray(0, length));
}

function gigawordsOf(total: number, sent: boolean): number | undefined {
  return sent ? Math.floor(total / 2 ** 32) : undefined;
}

test('every request decodes and verifies in another implementation, field by field', () => {
  fc.assert(
    fc.property(
      reports,
      fc.nat(255),
      word(30),
      fc.boolean(),
      (report, identifier, secret, withMessageAuthenticator) => {
        const packet = encoded(report, identifier, secret, withMessageAuthenticator);
        const { code, identifier: readIdentifier, length, attributes: read } = decodeRequest(packet, secret);
        expect([code, readIdentifier, length]).toEqual(['Accounting-Request', identifier, packet.length]);
        expect(read['Acct-Status-Type']).toBe({ 1: 'Start', 2: 'Stop', 3: 'Interim-Update' }[report.status]);
        expect(read['User-Name']).toBe(report.userName);
        expect(read['Acct-Session-Id']).toBe(report.sessionId);
        expect(read['NAS-Identifier']).toBe(report.nasIdentifier);
        expect(read['Calling-Station-Id']).toBe(report.callingStationId);
        expect((read['Event-Timestamp'] as Date).getTime()).toBe(report.eventSeconds * 1000);
        const counted = report.status !== 1;
        expect(read['Acct-Session-Time']).toBe(counted ? report.sessionSeconds : undefined);
        expect(read['Acct-Input-Octets']).toBe(counted ? report.inputOctets % 2 ** 32 : undefined);
        expect(read['Acct-Output-Octets']).toBe(counted ? report.outputOctets % 2 ** 32 : undefined);
        const wide = counted && (report.gigawords || Math.max(report.inputOctets, report.outputOctets) >= 2 ** 32);
        expect(read['Acct-Input-Gigawords']).toBe(gigawordsOf(report.inputOctets, wide));
        expect(read['Acct-Output-Gigawords']).toBe(gigawordsOf(report.outputOctets, wide));
        expect('Message-Authenticator' in read).toBe(withMessageAuthenticator);
      },
    ),
  );
});

test('a request signed with another secret does not verify', () => {
  const packet = encoded(emptyReport(), 7, 'one secret', true);
  expect(() => decodeRequest(packet, 'another')).toThrow();
});

test('an answer verifies only as the other implementation made it, for the request it answers', () => {
  fc.assert(
    fc.property(reports, fc.nat(255), word(30), fc.nat(19), (report, identifier, secret, damagedOctet) => {
      const request = encoded(report, identifier, secret, false);
      const { verify } = createAnswerVerifier(Buffer.from(secret));
      const decoded = radius.decode({ packet: request, secret });
      const answer = radius.encode_response({ packet: decoded, code: 'Accounting-Response', secret });
      expect(verify(answer, request, 4)).toBe(true);
      const damaged = Buffer.from(answer);
      damaged[damagedOctet]! ^= 1;
      expect(verify(damaged, request, 4)).toBe(false);
      const otherRequest = Buffer.from(request);
      otherRequest[5]! ^= 1;
      expect(verify(answer, otherRequest, 4)).toBe(false);
      expect(verify(answer.subarray(0, 19), request, 4)).toBe(false);
    }),
  );
});
