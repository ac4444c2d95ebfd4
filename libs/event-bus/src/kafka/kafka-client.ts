import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs';
import { tellDriverEntry } from './driver-log.ts';
import type { KafkaBusSettings } from './kafka-settings.ts';
import { patchHeartbeat } from './heartbeat-patch.ts';
import { patchRequestQueue } from './request-queue-patch.ts';
import { patchProduce } from './wire/kafkajs-patch.ts';

const CONNECTION_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

patchRequestQueue();
patchHeartbeat();
patchProduce();

/**
 * One connection's worth of kafkajs: a producer, a consumer or an admin has a client of its own.
 */
export interface KafkaClient {
  readonly kafka: Kafka;
  /** Cuts its sockets and lets it open no other, so that nothing it still retries is ever sent. */
  abandon(): void;
}

export type CreateKafkaClient = () => KafkaClient;

export function kafkaClients(settings: KafkaBusSettings): CreateKafkaClient {
  const { brokers, clientId, sasl, tlsCaFile, log, connect = connectTcp } = settings;
  const ssl = tlsCaFile === null ? false : { ca: [readFileSync(tlsCaFile, 'utf8')] };
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    ssl,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 5 },
    logLevel: kafkajs.logLevel.WARN,
    ...(sasl === null ? {} : { sasl: saslOptions(sasl) }),
  };
  return () => {
    const sockets = new Set<Socket>();
    let abandoned = false;
    const kafka = new kafkajs.Kafka({
      ...config,
      logCreator: () => (entry) => {
        if (!abandoned) tellDriverEntry(log, entry);
      },
      socketFactory: ({ host, port, ssl: tls, onConnect }) => {
        if (abandoned) throw new Error('this client was given up');
        const name = isIP(host) === 0 ? { servername: host } : {};
        const socket: Socket = tls
          ? connectTls({ host, port, ...name, ...tls }, onConnect)
          : connect({ host, port }, onConnect);
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        socket.setNoDelay(true);
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        return socket;
      },
    });
    return {
      kafka,
      abandon: () => {
        abandoned = true;
        // With an error: kafkajs does not notice a socket that merely closes.
        for (const socket of sockets) socket.destroy(new Error('this client was given up'));
      },
    };
  };
}

function saslOptions({ mechanism, username, password }: NonNullable<KafkaBusSettings['sasl']>) {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}
