import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import { createAuthenticator } from '../auth/authenticator.ts';
import { formatChallenges } from '../auth/challenges.ts';
import { type Config, isDemo } from '../config/config.ts';
import type { Logger } from '../config/logger.ts';
import type { Db } from '../database/database.ts';
import type { Context } from '../schema/base/context.ts';
import { createInstantFormatter } from '../schema/base/instant-format.ts';
import { schema } from '../schema/schema.ts';
import { useAuthentication } from './authentication.ts';
import { useNoStore } from './cache-control.ts';
import { grantOrigin, useVaryOrigin } from './cors.ts';
import { useGraphiQLPage } from './graphiql.ts';
import { useHealth } from './health.ts';
import { useMediaType } from './media-type.ts';
import { type AnsweredRequest, useRequestLog } from './observe/request-log.ts';
import { useAnswerErrors } from './operation/answer-errors.ts';
import { useDeadline } from './operation/deadline.ts';
import { useDocumentCache } from './operation/document-cache.ts';
import { limits, useLimits } from './operation/limits.ts';
import { maskError } from './operation/mask-errors.ts';
import { useExactPath } from './paths.ts';
import { useJsonRequests } from './request-body.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly db: Db;
  readonly logger: Logger;
  readonly isStopping: () => boolean;
  readonly observe?: ((request: AnsweredRequest) => void) | undefined;
  readonly tracing?: Plugin | undefined;
}

/** Everything between an HTTP request and its answer; it does not listen. */
export function createServer({
  config,
  db,
  logger,
  isStopping,
  observe,
  tracing,
}: ServerOptions): YogaServerInstance<object, Context> {
  const formatInstant = createInstantFormatter(config.timeZone);
  const hasOAuth = config.oauth !== undefined;
  const challenges = formatChallenges(hasOAuth);
  return createYoga<object, Context>({
    schema,
    context: () => ({ db, challenges, formatInstant, typedErrors: [] }),
    plugins: [
      useRequestLog(logger, observe),
      useNoStore(),
      useVaryOrigin(config.corsOrigins),
      useHealth(db, isStopping),
      config.graphiql && useGraphiQLPage({ demo: isDemo(config) }),
      useExactPath(),
      useAuthentication(createAuthenticator(db, config.oauth, logger), {
        schema,
        introspection: config.introspection,
        hasOAuth,
      }),
      useMediaType(),
      useJsonRequests(),
      useDocumentCache(),
      useLimits(schema),
      useAnswerErrors(),
      useDeadline(),
      ...(tracing ? [tracing] : []),
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
    maxRequestBodySize: limits.bodySize,
  });
}
