/** What a route says of itself in the OpenAPI document, beside its path, its access and the refusals all have. */
import type { ErrorCode } from '../../errors.ts';
import type { Schema } from './schemas.ts';

export interface Parameter {
  readonly schema: Schema;
  readonly description: string;
}

export interface Operation {
  readonly tag: string;
  readonly summary: string;
  readonly query?: Readonly<Record<string, Parameter>>;
  readonly body?: { readonly type?: string; readonly schema: Schema };
  readonly answer: {
    readonly status: number;
    readonly type?: string;
    readonly schema?: Schema;
    readonly description: string;
  };
  /** Codes of the catalogue that this route refuses with, beside those of sign-in and role. */
  readonly refusals?: readonly ErrorCode[];
}
