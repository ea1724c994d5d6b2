/** Who is signed in, and the API that belongs to that session, for every page below. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { Problem, SessionView } from '../../daemon/contract.ts';
import { type Api, createApi, ProblemError, problemFrom } from '../api.ts';
import { forgetDrafts } from '../parts/form-drafts.ts';

export type SessionState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'out' }
  | { readonly kind: 'in'; readonly session: SessionView };

interface SessionContext {
  readonly api: Api;
  readonly state: SessionState;
  readonly signIn: (login: string, password: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
  readonly askAgain: () => void;
}

const Context = createContext<SessionContext | null>(null);

export function SessionProvider({ api: given, children }: { readonly api?: Api; readonly children: ReactNode }) {
  const [state, setState] = useState<SessionState>({ kind: 'asking' });
  const api = useMemo(() => given ?? createApi({ onSignedOut: () => setState({ kind: 'out' }) }), [given]);
  const actions = useMemo(() => sessionActions(api, setState), [api]);
  useEffect(() => actions.askAgain(), [actions]);
  const value = useMemo(() => ({ api, state, ...actions }), [api, state, actions]);
  return <Context value={value}>{children}</Context>;
}

export function useSession(): SessionContext {
  const context = useContext(Context);
  if (context === null) throw new Error('useSession outside of SessionProvider');
  return context;
}

export function useApi(): Api {
  return useSession().api;
}

function sessionActions(api: Api, setState: (change: (before: SessionState) => SessionState) => void) {
  const ask = async (): Promise<void> => {
    try {
      const session = await api.get<SessionView | null>('/api/session');
      setState((before) => stateAfter(before, session));
    } catch (error) {
      const signedOut = error instanceof ProblemError && error.problem.status === 401;
      // Whoever is signed in keeps what is on the screen while the server does not answer.
      const failed = (before: SessionState): SessionState =>
        before.kind === 'in' ? before : { kind: 'failed', problem: problemFrom(error) };
      setState(signedOut ? () => ({ kind: 'out' }) : failed);
    }
  };
  const signIn = async (login: string, password: string): Promise<void> => {
    const session = await api.post<SessionView>('/api/session', { login, password });
    if (session?.role) setState(() => ({ kind: 'in', session }));
    else await ask();
  };
  const signOut = async (): Promise<void> => {
    await api.delete('/api/session');
    forgetDrafts();
    setState(() => ({ kind: 'out' }));
  };
  return { askAgain: () => void ask(), signIn, signOut };
}

function stateAfter(before: SessionState, session: SessionView | null): SessionState {
  if (session === null) return { kind: 'out' };
  return before.kind === 'in' && isSame(before.session, session) ? before : { kind: 'in', session };
}

function isSame(a: SessionView, b: SessionView): boolean {
  return a.login === b.login && a.role === b.role && a.account === b.account;
}
