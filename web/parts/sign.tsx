/** The small sign before a state: a shape per level, so that colour is never the only difference. Decoration only. */

export type Level = 'ok' | 'warning' | 'critical' | 'unknown';

const shapes: Record<Level, string> = {
  ok: 'M3.5 8.5l3 3 6-7',
  warning: 'M8 3.5v5.5M8 12v.5',
  critical: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  unknown: 'M5.5 6a2.5 2.5 0 1 1 3.2 2.4c-.5.2-.7.5-.7 1.1M8 12v.5',
};

export function Sign({ level }: { readonly level: Level }) {
  return (
    <svg className={`sign sign-${level}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[level]} />
    </svg>
  );
}
