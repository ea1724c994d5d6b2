/** One account's live bill for a page: the socket's life, and the same bill by HTTP so that errors have a reason. */
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { BillView, Problem } from '../../daemon/contract.ts';
import { problemFrom } from '../api.ts';
import type { LiveState } from '../live.ts';
import { LiveSocket } from '../live-socket.ts';
import { useSession } from '../session/session.tsx';

export interface LiveBill {
  readonly state: LiveState;
  /** Why there is no bill to show; null as soon as there is one. */
  readonly problem: Problem | null;
  readonly retry: () => void;
  readonly dismiss: (code: string) => void;
}

export function useLiveBill(account: string): LiveBill {
  const { api, askAgain } = useSession();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);
  const socket = useMemo(
    () => new LiveSocket(account, { connect: () => new WebSocket(liveAddress()), onRefused: askAgain }),
    [account, askAgain],
  );
  useEffect(() => keepOpen(socket), [socket]);
  const state = useSyncExternalStore(socket.subscribe, socket.snapshot);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another try is another request
  useEffect(() => {
    const controller = new AbortController();
    setProblem(null);
    api.get<BillView>(`/api/accounts/${encodeURIComponent(account)}/bill`, controller.signal).then(
      (bill) => socket.offer(bill),
      (error: unknown) => controller.signal.aborted || setProblem(problemFrom(error)),
    );
    return () => controller.abort();
  }, [api, account, socket, tries]);

  const retry = useCallback(() => {
    setTries((count) => count + 1);
    socket.hurry();
  }, [socket]);
  const dismiss = useCallback((code: string) => socket.dismiss(code), [socket]);
  return { state, problem: state.bill === null ? problem : null, retry, dismiss };
}

function keepOpen(socket: LiveSocket): () => void {
  const hurry = () => socket.hurry();
  const seen = () => document.visibilityState === 'visible' && socket.hurry();
  socket.start();
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', seen);
  return () => {
    removeEventListener('online', hurry);
    document.removeEventListener('visibilitychange', seen);
    socket.stop();
  };
}

function liveAddress(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/live`;
}
