/**
 * The peer of the live bench, a process of its own: `ws` alone, telling each viewer once a second a message of as many
 * octets as meterd's. Nothing is received, logged, rated or stored: the least that ten thousand sockets cost.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { doOrders, type PeerWanted, updateEveryMs } from './live-child.ts';

const paceMs = 10;
const sockets: WebSocket[] = [];
let messageOctets = 0;

doOrders(async (order) => {
  if (order.order === 'serve') return { done: 'serving', port: await serve(order.peer) };
  if (order.order === 'broadcast') {
    broadcast();
    return { done: 'ready' };
  }
  throw new Error(`no order of a peer: ${order.order}`);
});

async function serve(peer: PeerWanted): Promise<number> {
  messageOctets = peer.messageOctets;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.once('message', () => socket.send('{"type":"bill"}'));
    sockets.push(socket);
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Evenly over the second, as the reports of a NAS come. */
function broadcast(): void {
  const startedMs = performance.now();
  let told = 0;
  setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / updateEveryMs) * sockets.length);
    for (; told < due; told++) tell(sockets[told % sockets.length]!);
  }, paceMs);
}

function tell(socket: WebSocket): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  const head = `{"type":"peer","sentUs":"${process.hrtime.bigint() / 1000n}","rest":"`;
  socket.send(`${head}${'x'.repeat(Math.max(0, messageOctets - head.length - 2))}"}`);
}
