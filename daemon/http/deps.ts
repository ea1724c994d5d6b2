/** What the HTTP side asks of the rest of the daemon: reading, changes by the writer, live bills, health. */
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { AccountTerms, RatingTables } from '../../rating/index.ts';
import type { HealthView } from '../contract.ts';
import type { EventCollector } from '../net/event-collector.ts';
import type {
  Account,
  Assignment,
  FirstTerms,
  NewAccount,
  NewIdentity,
  PlanVersion,
  StoredTable,
  StoreReader,
  StoreWriter,
} from '../store/store.ts';

/** Changes that people make; each is durable when its promise resolves, and known to the guide and the rater. */
export interface AccountBook
  extends Pick<
    StoreWriter,
    | 'updateAccount'
    | 'putUser'
    | 'addUser'
    | 'setUserDisabled'
    | 'putWebSession'
    | 'deleteWebSession'
    | 'deleteExpiredWebSessions'
    | 'addApiToken'
    | 'revokeApiToken'
    | 'addAudit'
    | 'completeAudit'
  > {
  /** With its plan and its first tick, so that recurring charges begin and use may name it. */
  createAccount(account: NewAccount, first: FirstTerms): Promise<Account>;
  /** Also releases from suspense what the identity explains. */
  addIdentity(identity: NewIdentity): Promise<void>;
  endIdentity(identity: Omit<NewIdentity, 'validFromMs'>, atMs: number): Promise<void>;
  addPlanVersion(plan: Omit<PlanVersion, 'version'>): Promise<PlanVersion>;
  assignPlan(account: number, assignment: Assignment): Promise<void>;
  withdrawAssignments: StoreWriter['withdrawAssignments'];
  addPayment: StoreWriter['addPayment'];
  putRatingTable(table: StoredTable): Promise<void>;
  putTaxation: StoreWriter['putTaxation'];
  /** It is posted for sure from then on; where the log can't take it now, later. */
  addCorrection: StoreWriter['addCorrection'];
}

/**
 * Takes a `LiveMessage` as JSON in a frame of WebSocket. Returns false where the viewer can't keep up; it is then sent a
 * fresh snapshot instead of what it missed.
 */
export type SendFrame = (frame: Buffer) => boolean;

export interface LiveFeed {
  /**
   * Sends the account's live messages to `send`, a snapshot first unless the client has everything up to `since`.
   * Returns the function that ends it.
   */
  subscribe(account: number, since: number | null, send: SendFrame): () => void;
}

export interface HttpDeps {
  readonly host: string;
  readonly port: number;
  /** PEM texts; null for plain HTTP. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null;
  readonly sessionMs: number;
  /** Folder of the built pages. */
  readonly webRoot: string;
  /** UTC epoch ms, maybe simulated; expiry of sign-ins goes by real time instead. */
  readonly clock: () => number;
  readonly logger: Logger;
  readonly reader: StoreReader;
  readonly book: AccountBook;
  /** Number of the account that has an address or prefix now, by a session or an identity; null for nobody's. */
  readonly holderOf: (address: string) => number | null;
  readonly live: LiveFeed;
  readonly events: Pick<EventCollector, 'take'>;
  readonly terms: (account: Account) => Promise<AccountTerms>;
  /** All tables that plans may name. */
  readonly tables: () => Promise<RatingTables>;
  readonly health: () => Promise<HealthView>;
  /** False while the daemon starts or stops, or can't write its log. */
  readonly ready: () => boolean;
  readonly metrics: Registry;
}
