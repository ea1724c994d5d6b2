/**
 * The generator's process: `meterd simulate nas` with its datagrams by the batch, so that on two cores more of them is
 * left to the server that is measured, whichever it is. It waits little for its core, since it stands for machines of
 * their own: its delays are none of the server's.
 */
import { createSocket } from 'node:dgram';
import { BatchedSocket } from '../daemon/net/batched-socket.ts';
import { workPromptly } from '../daemon/thread-schedule.ts';
import { simulateNasCommand } from '../simulator/nas/command.ts';
import type { OpenExchangeSocket } from '../simulator/nas/exchange-socket.ts';

const receiveBufferBytes = 4 * 1024 * 1024;

const openBatched: OpenExchangeSocket = async ({ host, port, onAnswer, onError }) => {
  const bound = createSocket({ type: 'udp4', recvBufferSize: receiveBufferBytes });
  await new Promise<void>((resolve, reject) => {
    bound.once('error', reject);
    bound.bind(0, '127.0.0.1', resolve);
  });
  const socket = new BatchedSocket({ socket: bound, onDatagram: onAnswer, onError });
  return { send: (request) => socket.send(request, port, host), close: () => void socket.close() };
};

workPromptly();
process.exitCode = await simulateNasCommand(process.argv.slice(2), openBatched);
