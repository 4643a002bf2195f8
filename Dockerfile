# One image of all functions; the command in a function's service.yaml says which one it runs.

FROM node:24.21.0-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs a script to be installed, and a script is what a bad package would use. What is optional is of no use
# without its script, and nobody runs a command of a package here. Of TensorFlow.js all but a tenth is for browsers and
# debuggers.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-bin-links \
  && find node_modules -name '*.map' -delete \
  && find node_modules/@tensorflow -path '*/dist/*' -type f ! -name '*.node.js' ! -name '*.wasm' -delete

# Files belong to root, processes to a user who can write none of them but the compile cache.
FROM node:24.21.0-slim AS functions
LABEL org.opencontainers.image.title="nowcast" \
  org.opencontainers.image.description="The functions of Nowcast: learning on live streams" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.base.name="docker.io/library/node:24.21.0-slim"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY functions functions
# Somebody waits while a function starts from zero, and compiling its modules is half of that: the image brings them
# compiled. Node keeps them by user, so they are made by the one who runs them; the entries alone act when imported.
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN mkdir --mode=777 .compile-cache
USER 1000:1000
RUN node --input-type=module --eval "import { globSync } from 'node:fs'; \
  for (const file of globSync('functions/**/!(index).ts')) await import('./' + file)"
# Node is process 1 and gets SIGTERM itself: no shell, no npm in between.
ENTRYPOINT ["node"]

# For `skaffold dev`, which has tar write changed files into the running container. Node watches files, not their names:
# tar must write into a file that is there, or the second change of it goes unseen.
FROM functions AS dev
ENV TAR_OPTIONS=--overwrite
COPY --chown=1000:1000 functions functions

FROM functions AS release
