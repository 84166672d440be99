# The airflow client as an image: docs/clients.md, "As an image". It holds Node and one file.
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# The image has its Node, so that no script of a package need run.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run -s build

# With a shell: AWS profiles and tokenCommand run commands.
FROM node:24-slim
COPY --from=build /src/dist/bin/airflow.cjs /usr/local/bin/airflow
# Whichever user docker run names may read what is mounted there.
ENV HOME=/home
USER node
WORKDIR /work
ENTRYPOINT ["airflow"]
