# The service without what only the work on it needs: docs/running.md, "In containers".

FROM node:26-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Without PGlite, the embedded database.
RUN npm ci --omit=dev --omit=optional --ignore-scripts
# What Node does not read: source maps and TypeScript of packages, their tests, their builds for bundlers.
RUN find node_modules -type f '(' -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' ')' -delete
RUN find node_modules -type d '(' -name test -o -name benchmarks -o -name docs -o -path '*/build/esm' -o -path '*/build/esnext' ')' -prune -exec rm -r '{}' +
RUN rm -r node_modules/@graphql-yoga/render-graphiql/cjs

FROM node:26-slim
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY migrations migrations
COPY src src
ENV NODE_ENV=production HOST=0.0.0.0
EXPOSE 4000
# By its number: Kubernetes does not look names up.
USER 1000:1000
# Whether the process lives; who may send it requests asks /ready.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "--eval", "require('node:http').get({ host: '127.0.0.1', port: process.env.PORT || 4000, path: '/health' }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))"]
# No shell and no npm before it: process 1 gets the signals. As `npm start` has it.
ENTRYPOINT ["node"]
CMD ["--no-allocation-site-pretenuring", "--import", "./src/config/node-version.js", "--import", "./src/config/compile-cache.js", "--import", "./src/config/stop-signal.js", "src/main.ts"]
