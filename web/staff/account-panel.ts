/** What every panel of the account page is given. */
import type { AccountView } from '../../daemon/contract.ts';

export interface AccountPanelProps {
  readonly account: AccountView;
  /** Of the account in the API. */
  readonly path: string;
  /** Something was changed: the account is to be asked for again. */
  readonly onChange: () => void;
}
