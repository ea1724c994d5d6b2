/**
 * A problem that has stood for a moment: the bill by HTTP may be missing where the socket still brings one, as from a
 * simulated server, and a failure that shows and goes would only startle.
 */
import { useEffect, useState } from 'react';

export const settledAfterMs = 1_500;

export function useSettled<T>(value: T | null): T | null {
  const [settled, setSettled] = useState<T | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), value === null ? 0 : settledAfterMs);
    return () => clearTimeout(timer);
  }, [value]);
  return value === null ? null : settled;
}
