import { createRequire } from 'node:module';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Logger } from '../../config/logger.ts';
import type { Trace } from './trace.ts';

export interface Tracing {
  /**
   * A span for the execution of an operation, as OpenTelemetry's conventions for GraphQL servers have it: of kind SERVER,
   * with the type and the name, never the document and the variables.
   */
  readonly trace: Trace;
  /** Of the span that is open: that of the request which is being read. */
  readonly findTraceId: () => string | undefined;
  /** Sends the spans that are left, for as long as OTEL_EXPORTER_OTLP_TIMEOUT says (10 s). */
  stop(): Promise<void>;
}

/**
 * Sends spans of requests, operations and statements (with `$1` for each value) to where the standard variables of
 * OpenTelemetry say, which its packages read themselves. Once in a process: what it instruments stays so.
 */
export function startTracing(logger: Logger): Tracing {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'badge-groups' }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  instrument(provider);
  const tracer = provider.getTracer('badge-groups');

  return {
    async trace(operation, run, hasFailed) {
      const type = operation?.definition.operation;
      const attributes = { 'graphql.operation.type': type, 'graphql.operation.name': operation?.name };
      const options = { kind: SpanKind.SERVER, attributes };
      return await tracer.startActiveSpan(type ?? 'GraphQL Operation', options, async (span) => {
        const setFailed = () =>
          span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', '_OTHER');
        try {
          const result = await run();
          if (hasFailed?.(result)) setFailed();
          return result;
        } catch (error) {
          setFailed();
          throw error;
        } finally {
          span.end();
        }
      });
    },
    findTraceId: () => trace.getActiveSpan()?.spanContext().traceId,
    async stop() {
      try {
        await provider.shutdown();
      } catch (error) {
        logger.warn({ reason: (error as Error).message }, 'The last spans are lost');
      }
    },
  };
}

function instrument(provider: NodeTracerProvider): void {
  const instrumentations = [
    new HttpInstrumentation({
      disableOutgoingRequestInstrumentation: true,
      ignoreIncomingRequestHook: ({ url }) => !/^(https?:\/\/[^/?#]+)?\/graphql(\?|$)/i.test(url ?? ''),
      // The query string of a GET holds the document and the variables.
      startIncomingSpanHook: () => ({ 'url.query': undefined }),
    }),
    new PgInstrumentation({ requireParentSpan: true }),
  ];
  for (const instrumentation of instrumentations) instrumentation.setTracerProvider(provider);
  // They change what is required, not what is imported; both are the same objects.
  const require = createRequire(import.meta.url);
  require('node:http');
  require('pg');
}
