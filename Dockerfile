# An image of the airflow client. It contains Node.js and one file. Usage: docs/shell.md.
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# --ignore-scripts: the image has Node.js already, and no other package needs its install script.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run -s build -- --programs dist/bin

# The slim image has a shell, which AWS profiles (credential_process) and tokenCommand need.
FROM node:24-slim
COPY --from=build /src/dist/bin/airflow.cjs /usr/local/bin/airflow
# A home directory that every user can read, for mounted configuration files.
ENV HOME=/home
USER node
WORKDIR /work
ENTRYPOINT ["airflow"]
