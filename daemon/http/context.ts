/** What the route groups share: what the daemon gives, and the sign-ins. */
import type { HttpDeps } from './deps.ts';
import type { WebSessions } from './web-sessions.ts';

export interface HttpContext {
  readonly deps: HttpDeps;
  readonly sessions: WebSessions;
}
