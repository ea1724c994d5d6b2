/** What the daemon has to say about this account, until it is dismissed. */
import type { Notice } from '../live.ts';
import { en } from '../messages.en.ts';
import { type Level, Sign } from '../parts/sign.tsx';

const levels: Record<Notice['level'], Level> = { info: 'ok', warning: 'warning', error: 'critical' };

export interface NoticesProps {
  readonly notices: readonly Notice[];
  readonly onDismiss: (code: string) => void;
}

export function Notices({ notices, onDismiss }: NoticesProps) {
  return (
    <div className="notices" role="status">
      {notices.map((notice) => (
        <div key={notice.code} className={`notice notice-${levels[notice.level]}`}>
          <Sign level={levels[notice.level]} />
          <p>
            <strong>{en.notice[notice.level]}:</strong> {notice.text}
          </p>
          <button type="button" className="button button-quiet" onClick={() => onDismiss(notice.code)}>
            {en.dismiss}
          </button>
        </div>
      ))}
    </div>
  );
}
