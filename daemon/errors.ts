/** The catalogue of errors that people meet: code, HTTP status, and what to do. docs/errors.md lists the same (a test holds them equal). */
export const errorCatalogue = {
  'account-exists': { status: 409, todo: 'Choose another id, or change the existing account.' },
  'account-unknown': { status: 404, todo: 'Check the id; GET /api/accounts lists the accounts.' },
  'identity-overlap': { status: 409, todo: 'Give a later validFrom.' },
  'plan-unknown': { status: 404, todo: 'Check the id; GET /api/plans lists the plans.' },
  'plan-invalid': { status: 422, todo: 'Correct the plan where the problems say.' },
  'plan-currency': { status: 409, todo: 'Use the currency of the account and of earlier versions.' },
  'plan-order': { status: 409, todo: 'Let a new version begin after the ones before it.' },
  'table-invalid': { status: 422, todo: 'Correct the table where the line says.' },
  'assignment-order': { status: 409, todo: 'Withdraw the plan that is to come, or let this one begin after it.' },
  'key-used': { status: 409, todo: 'Give a new key to what is new; with the same content a key may be sent again.' },
  'login-exists': { status: 409, todo: 'Choose another login identity, or leave the password out.' },
  'last-admin': { status: 409, todo: 'Make or enable another administrator first.' },
  'request-invalid': { status: 400, todo: 'Correct the field that is named.' },
  'sign-in-failed': { status: 401, todo: 'Check login and password.' },
  'sign-in-throttled': { status: 429, todo: 'Wait for as many seconds as Retry-After says.' },
  'not-signed-in': { status: 401, todo: 'Sign in first.' },
  'origin-foreign': { status: 403, todo: 'Use the pages of this server; programs send no Origin.' },
  forbidden: { status: 403, todo: 'Sign in as someone who may do this.' },
  'not-found': { status: 404, todo: 'Check the address.' },
  'charge-unexplained': { status: 409, todo: 'Compare the use with the plan and the tables of its date.' },
  'body-too-large': { status: 413, todo: 'Send less at once; docs/api.md names the limits.' },
  'media-type': { status: 415, todo: 'Send the Content-Type that docs/api.md names.' },
  'log-unavailable': { status: 503, todo: 'Send the same events again; those that are known count once.' },
  'store-unavailable': { status: 503, todo: 'Free space on the disk of the data folder, then try again.' },
  'internal-error': { status: 500, todo: 'Try again; the daemon has logged the cause.' },
  'config-invalid': { status: 500, todo: 'Correct the key that is named.' },
  'port-in-use': { status: 500, todo: 'Stop the other program or choose another port.' },
  'data-unwritable': { status: 500, todo: 'Choose a data folder that this user may write to.' },
  'data-in-use': { status: 500, todo: 'Stop the other meterd, or choose another data folder.' },
  'data-unreadable': { status: 500, todo: 'Check the disk, or restore the data folder from a backup.' },
  'store-mismatch': { status: 500, todo: 'Restore the log and the store from the same backup.' },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error of the catalogue; `message` is one clear sentence for the person who caused or must mend it. */
export class MeterdError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'MeterdError';
    this.code = code;
    this.details = options.details;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }
}

export function meterdError(
  code: ErrorCode,
  message: string,
  options: { cause?: unknown; details?: unknown } = {},
): MeterdError {
  return new MeterdError(code, message, options);
}
