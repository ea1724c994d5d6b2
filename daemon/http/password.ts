/**
 * Passwords as they are kept: scrypt (RFC 7914) with its parameters, so that they can be raised later. A check costs
 * some 80 ms and 32 MiB on a thread of the pool, which bounds how many run at once.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const parameters = { cost: 2 ** 15, blockSize: 8, parallelization: 1 } as const;
const saltOctets = 16;
const hashOctets = 32;
/** Twice what N = 2^15, r = 8 takes; a stored hash that wants more is not one of ours. */
const memoryOctetsMax = 64 * 1024 * 1024;

interface Parameters {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** `scrypt$N$r$p$salt$hash`, the last two in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltOctets);
  const hash = await derive(password, salt, parameters);
  const { cost, blockSize, parallelization } = parameters;
  return ['scrypt', cost, blockSize, parallelization, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** In constant time. Without a stored hash (an unknown login) it does the same work and answers false. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const parsed = stored === null ? null : parse(stored);
  const hash = await derive(password, parsed?.salt ?? decoySalt, parsed ?? parameters);
  return timingSafeEqual(hash, parsed?.hash ?? hash) && parsed !== null;
}

const decoySalt = randomBytes(saltOctets);

function derive(password: string, salt: Buffer, { cost, blockSize, parallelization }: Parameters): Promise<Buffer> {
  const options = { N: cost, r: blockSize, p: parallelization, maxmem: memoryOctetsMax };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, hashOctets, options, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}

function parse(stored: string): (Parameters & { readonly salt: Buffer; readonly hash: Buffer }) | null {
  const [name, cost, blockSize, parallelization, salt, hash] = stored.split('$');
  if (name !== 'scrypt' || salt === undefined || hash === undefined) return null;
  const octets = Buffer.from(hash, 'base64');
  if (octets.length !== hashOctets) return null;
  return {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
    salt: Buffer.from(salt, 'base64'),
    hash: octets,
  };
}
