/** A record's time as the document shows it; in full, with zone and UTC, in the tooltip. */
import { formatFully, formatRecordTime } from '../moment.ts';

export function RecordTime({ at, zone }: { readonly at: string; readonly zone: string }) {
  const atMs = Date.parse(at);
  if (Number.isNaN(atMs)) return <span>{at}</span>;
  return (
    <time className="figure" dateTime={new Date(atMs).toISOString()} title={formatFully(atMs, zone)}>
      {formatRecordTime(atMs, zone)}
    </time>
  );
}
