import 'reflect-metadata'; // tsyringe, below @peculiar/x509, insists on it
import { randomBytes, webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate with its private key, PEM, as `https.createServer` takes them. */
export interface Credential {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority that lives as long as the process: its private key is in memory and nowhere else. */
export interface Authority {
  /** The PEM file a client is to trust (`NODE_EXTRA_CA_CERTS`, `curl --cacert`). */
  readonly file: string;
  /** A server certificate for that DNS name. */
  issue(hostname: string): Promise<Credential>;
  /** One for that DNS name from another authority, whose certificate nobody has. */
  issueUntrusted(hostname: string): Promise<Credential>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/**
 * Makes a certificate authority and writes its certificate, `mwaa-ca.pem`, into the folder. Its certificates hold for a
 * week from yesterday by the machine's own clock: TLS knows no other.
 */
export async function createAuthority(folder: string): Promise<Authority> {
  const trusted = await newAuthority();
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'mwaa-ca.pem');
  await writeFile(file, `${trusted.certificate.toString('pem')}\n`);
  return {
    file,
    issue: (hostname) => issue(hostname, trusted),
    issueUntrusted: async (hostname) => issue(hostname, await newAuthority()),
  };
}

interface Signer {
  readonly certificate: X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
}

async function newAuthority(): Promise<Signer> {
  const keys = await newKeys();
  const name = 'CN=Laptop stand-in for Amazon MWAA, O=mwaa-cli-proxy';
  const certificate = await X509CertificateGenerator.create({
    ...validity(),
    subject: name,
    issuer: name,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, signingKey: keys.privateKey };
}

async function issue(hostname: string, { certificate: authority, signingKey }: Signer): Promise<Credential> {
  const keys = await newKeys();
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([{ type: 'dns', value: hostname }]),
    await AuthorityKeyIdentifierExtension.create(authority.publicKey),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  const certificate = await X509CertificateGenerator.create({
    ...validity(),
    // A common name holds 64 characters at most, a web server's host name may have more: the name stands in the extension.
    subject: 'O=mwaa-cli-proxy',
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions,
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function validity(): { notBefore: Date; notAfter: Date; serialNumber: string } {
  const now = Date.now();
  return {
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 6 * DAY_MS),
    // The first bit is zero, as a positive number wants it.
    serialNumber: `1${randomBytes(15).toString('hex')}0`,
  };
}
