/** When the account's use went beyond what a monitor of its plan allows; nothing is shown where it never did. */
import type { UseFlagView } from '../../daemon/contract.ts';
import { en } from '../messages.en.ts';
import { viewerZone } from '../moment.ts';
import { Moment } from '../parts/moment.tsx';
import { Panel } from '../parts/panel.tsx';
import { useAnswer } from '../parts/use-answer.ts';

const text = en.flags;

export function FlagsPanel({ path }: { readonly path: string }) {
  const { value: flags } = useAnswer<readonly UseFlagView[]>(`${path}/flags`);
  if (flags === null || flags.length === 0) return null;
  return (
    <Panel title={text.title}>
      <ul className="rows">
        {flags.map((flag) => (
          <li className="row" key={`${flag.plan} ${flag.label} ${flag.at}`}>
            <p className="row-head">
              <span className="row-label">{flag.label}</span>
              <Moment at={flag.at} zone={viewerZone()} day />
            </p>
            <p className="row-foot">
              <span>{text.used(flag.used, flag.limit, flag.unit)}</span>
              <span>{flag.plan}</span>
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
