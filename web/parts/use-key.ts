/** A key for what must not be done twice: the same until an answer came, so that a lost one can be asked for again. */
import { useRef } from 'react';
import { ProblemError } from '../api.ts';

const octets = 16;

/** Does work under the key, and takes a new key after it is done, or where the key turns out to be that of other work. */
export function useKey(): <T>(work: (key: string) => Promise<T>) => Promise<T> {
  const key = useRef('');
  return async (work) => {
    key.current ||= newKey();
    try {
      const result = await work(key.current);
      key.current = '';
      return result;
    } catch (error) {
      // It was done before its form was changed, which the answer says.
      if (error instanceof ProblemError && error.problem.code === 'key-used') key.current = '';
      throw error;
    }
  };
}

/** Not `crypto.randomUUID`, which browsers have over https only. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(octets))]
    .map((octet) => octet.toString(16).padStart(2, '0'))
    .join('');
}
