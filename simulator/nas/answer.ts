/**
 * Verifies an Accounting-Response against the request it answers: code, length, Response Authenticator (RFC 2866 §3)
 * and, where present, Message-Authenticator (computed with the *request's* authenticator, RFC 3579 §3.2).
 */
import { digestOctets, isMd5, writeHmacMd5 } from './digest.ts';

const answerOctetsMax = 4096;

export interface AnswerVerifier {
  /** `requests` holds the request's authenticator at `authenticatorOffset`. */
  verify(answer: Buffer, requests: Buffer, authenticatorOffset: number): boolean;
}

export function createAnswerVerifier(secret: Buffer): AnswerVerifier {
  const scratch = Buffer.alloc(answerOctetsMax + secret.length);
  const digest = Buffer.alloc(digestOctets);
  /** What was digested last: nearly all answers have one length. */
  let signed = scratch.subarray(0, 0);

  function verify(answer: Buffer, requests: Buffer, authenticatorOffset: number): boolean {
    if (answer.length < 20 || answer[0] !== 5) return false;
    const length = (answer[2]! << 8) | answer[3]!;
    if (length < 20 || length > answer.length || length > answerOctetsMax) return false;
    for (let at = 0; at < 4; at++) scratch[at] = answer[at]!;
    for (let i = 0; i < digestOctets; i++) scratch[4 + i] = requests[authenticatorOffset + i]!;
    for (let at = 20; at < length; at++) scratch[at] = answer[at]!;
    if (signed.length !== length + secret.length) signed = scratch.subarray(0, length + secret.length);
    for (let at = 0; at < secret.length; at++) scratch[length + at] = secret[at]!;
    if (!isMd5(signed, answer, 4)) return false;
    return length === 20 || messageAuthenticatorHolds(length);
  }

  function messageAuthenticatorHolds(length: number): boolean {
    for (let at = 20; at < length; ) {
      const octets = at + 1 < length ? scratch[at + 1]! : 0;
      if (octets < 2 || at + octets > length) return false;
      if (scratch[at] === 80) {
        if (octets !== 2 + digestOctets) return false;
        const received = Buffer.from(scratch.subarray(at + 2, at + octets));
        scratch.fill(0, at + 2, at + octets);
        writeHmacMd5(secret, scratch.subarray(0, length), digest, 0);
        return digest.equals(received);
      }
      at += octets;
    }
    return true;
  }

  return { verify };
}
