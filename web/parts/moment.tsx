/** A point in time, short on the page and in full, with zone and UTC, in the tooltip. */
import { formatDayTime, formatFully, formatTime } from '../moment.ts';

export interface MomentProps {
  readonly at: string | number;
  readonly zone: string;
  readonly day?: boolean;
}

export function Moment({ at, zone, day = false }: MomentProps) {
  const atMs = typeof at === 'number' ? at : Date.parse(at);
  if (Number.isNaN(atMs)) return <span>{at}</span>;
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatFully(atMs, zone)}>
      {day ? formatDayTime(atMs, zone) : formatTime(atMs, zone)}
    </time>
  );
}
