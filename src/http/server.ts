import type { RequestListener } from 'node:http';
import { execute } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { createAuthenticator } from '../auth/authenticator.ts';
import { formatChallenges } from '../auth/challenges.ts';
import { type Config, isDemo } from '../config/config.ts';
import type { Logger } from '../config/logger.ts';
import type { Db } from '../database/database.ts';
import type { Context } from '../schema/base/context.ts';
import { createInstantFormatter } from '../schema/base/instant-format.ts';
import { createReplay } from '../schema/replay.ts';
import { schema } from '../schema/schema.ts';
import { grantOrigin, prepareAnswerHeaders, useAnswerHeaders } from './answer-headers.ts';
import { useAuthentication } from './authentication.ts';
import { createDoor, type Door } from './door.ts';
import { useGraphiQLPage } from './graphiql.ts';
import { createReadiness, type Stage, useHealth } from './health.ts';
import { createListener } from './listener.ts';
import { useMediaType } from './media-type.ts';
import { createRequestLog, type RequestLogOptions, useRequestLog } from './observe/request-log.ts';
import { type Trace, useTrace } from './observe/trace.ts';
import { useAnswerErrors } from './operation/answer-errors.ts';
import { createDocumentCache, useDocumentCache } from './operation/document-cache.ts';
import { useLimits } from './operation/limits.ts';
import { maskError } from './operation/mask-errors.ts';
import { useMeantOperation } from './operation/meant-operation.ts';
import { findOperation } from './operation/operation.ts';
import { useOperationTypes } from './operation/operation-types.ts';
import { usePreparation } from './operation/prepare.ts';
import { TrustedDocuments } from './operation/trusted-documents.ts';
import { useExactPath } from './paths.ts';
import { useJsonRequests } from './request-body.ts';
import { useStatus } from './status.ts';
import { createGatewayCheck, useTrustedDocuments } from './trusted-documents.ts';
import { useHeadTurns, useNewcomerTurns, useTurns } from './turn-taking.ts';
import { useDeadline } from './turns/deadline.ts';
import { headConnections, Turns } from './turns/turns.ts';
import { useUnreadAnswers } from './unread-answers.ts';

export interface ServerOptions extends RequestLogOptions {
  readonly config: Config;
  readonly db: Db;
  /** What queries read, where it is not `db`; it sends them to a replica. */
  readonly reads?: Db | undefined;
  readonly turns: Turns;
  readonly logger: Logger;
  readonly findStage: () => Stage;
  readonly trace?: Trace | undefined;
}

export interface HttpServer {
  readonly listener: RequestListener;
  /** Both that the listener leads to, for who has no socket. */
  readonly door: Door;
  /** What `/ready` says. */
  isReady(): Promise<boolean>;
  fetch(url: URL, init: RequestInit, begun?: object): Promise<Response> | Response;
}

const replay = createReplay(schema);

/** Everything between an HTTP request and its answer; it does not listen. */
export function createServer(options: ServerOptions): HttpServer {
  const { config, db, reads = db, turns, logger, findStage, trace } = options;
  const formatInstant = createInstantFormatter(config.timeZone);
  const hasOAuth = config.oauth !== undefined;
  const challenges = formatChallenges(hasOAuth);
  const createContext = (db: Db): Context => ({ db, challenges, formatInstant, typedErrors: [] });
  const authenticator = createAuthenticator(db, config.oauth, logger);
  const headerOptions = { corsOrigins: config.corsOrigins, findStage };
  const isReady = createReadiness(db, findStage);
  const documents = createDocumentCache();
  const trusted = config.trustedDocuments && new TrustedDocuments(config.trustedDocuments);
  const isGateway = createGatewayCheck(config.gatewaySecrets);
  const log = createRequestLog(logger, options);
  const heads = new Turns(headConnections);
  const yoga = createYoga<Partial<Context>, Context>({
    schema,
    context: (given) => (given.outcomes ? given : createContext(db)) as Context,
    plugins: [
      useRequestLog(log, logger),
      useAnswerHeaders(headerOptions),
      useUnreadAnswers(),
      useHealth(isReady),
      config.graphiql && useGraphiQLPage({ demo: isDemo(config) }),
      useExactPath(),
      useExecutor(),
      useTurns(turns),
      useAuthentication(authenticator, { schema, introspection: config.introspection, hasOAuth }),
      useHeadTurns(heads, authenticator),
      useMediaType(),
      useStatus(),
      useJsonRequests({ takesIds: trusted !== undefined }),
      ...(trusted ? useTrustedDocuments(trusted, { schema, isGateway }) : []),
      useDocumentCache(documents),
      useMeantOperation(),
      useOperationTypes(),
      useLimits(),
      usePreparation(schema),
      useAnswerErrors(),
      ...(reads === db ? [] : [useReads(reads)]),
      ...(trace ? [useTrace(trace)] : []),
      useNewcomerTurns(turns, authenticator),
      useDeadline(),
    ],
    maskedErrors: { maskError },
    // Yoga's own keeps whatever strangers send.
    parserAndValidationCache: false,
    // Yoga's own GraphiQL comes from a CDN, its landing page says nothing of ours.
    graphiql: false,
    landingPage: false,
    logging: false,
    multipart: false,
    // Yoga's own answers any URL that ends in its path; a URL never has a fragment here.
    healthCheckEndpoint: '#',
    cors: (request) => grantOrigin(config.corsOrigins, request),
    // Its refusal says neither what is too long nor what would do.
    maxRequestBodySize: false,
  });
  const door = createDoor({
    schema,
    replay,
    documents,
    trusted,
    isGateway,
    authenticator,
    turns,
    log,
    findHeaders: prepareAnswerHeaders(headerOptions),
    trace,
    createContext: ({ definition }) => createContext(definition.operation === 'query' ? reads : db),
  });
  return {
    listener: createListener(door, yoga),
    door,
    isReady,
    fetch: (url, init, begun = {}) => yoga.fetch(url, init, begun),
  };
}

/**
 * By graphql's own executor, which has the values that an operation has been measured with: Yoga's loses a variable whose
 * name every object inherits. What has been begun elsewhere is completed here, and not begun again.
 */
function useExecutor(): Plugin<Context> {
  return {
    onExecute({ setExecuteFn, context: { outcomes } }) {
      setExecuteFn(outcomes ? (args) => execute({ ...args, schema: replay }) : execute);
    },
  };
}

/** Queries, and no mutation: what is read beneath one may be needed to know what it has done. */
function useReads(reads: Db): Plugin<Context> {
  return {
    onExecute({ args: { document, operationName }, context }) {
      const operation = findOperation(document, operationName);
      if (operation?.definition.operation !== 'query' || context.outcomes) return;
      Object.assign(context, { db: reads } satisfies Partial<Context>);
    },
  };
}
