import 'reflect-metadata'; // required by tsyringe, which @peculiar/x509 uses
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

/** A certificate and its private key, as PEM. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority whose private key exists only in memory. */
export interface CertificateAuthority {
  /** The PEM file that clients must trust (`NODE_EXTRA_CA_CERTS`, `curl --cacert`). */
  readonly file: string;
  /** Issues a server certificate for a DNS name. */
  issueCertificate(hostname: string): Promise<ServerCertificate>;
  /** Issues a certificate of another authority, which no client trusts. */
  issueUntrustedCertificate(hostname: string): Promise<ServerCertificate>;
}

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/**
 * Creates a certificate authority and writes its certificate, `mwaa-ca.pem`, into the folder. Its certificates are valid for a week,
 * starting yesterday, by the machine's clock, because TLS clients use that clock.
 */
export async function createCertificateAuthority(folder: string): Promise<CertificateAuthority> {
  const trusted = await createCertificateSigner();
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'mwaa-ca.pem');
  await writeFile(file, `${trusted.certificate.toString('pem')}\n`);
  return {
    file,
    issueCertificate: (hostname) => createServerCertificate(hostname, trusted),
    issueUntrustedCertificate: async (hostname) => createServerCertificate(hostname, await createCertificateSigner()),
  };
}

interface CertificateSigner {
  readonly certificate: X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
}

async function createCertificateSigner(): Promise<CertificateSigner> {
  const keys = await createKeyPair();
  const name = 'CN=Laptop stand-in for Amazon MWAA, O=mwaa-cli-proxy';
  const certificate = await X509CertificateGenerator.create({
    ...createValidity(),
    subject: name,
    issuer: name,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: KEY_ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, signingKey: keys.privateKey };
}

async function createServerCertificate(
  hostname: string,
  { certificate: authority, signingKey }: CertificateSigner,
): Promise<ServerCertificate> {
  const keys = await createKeyPair();
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([{ type: 'dns', value: hostname }]),
    await AuthorityKeyIdentifierExtension.create(authority.publicKey),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  const certificate = await X509CertificateGenerator.create({
    ...createValidity(),
    // A common name is limited to 64 characters, and a web server's host name may be longer. The extension contains the name.
    subject: 'O=mwaa-cli-proxy',
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: KEY_ALGORITHM,
    extensions,
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}

function createKeyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
}

function createValidity(): { notBefore: Date; notAfter: Date; serialNumber: string } {
  const now = Date.now();
  return {
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 6 * DAY_MS),
    // The first bit is zero because a serial number must be positive.
    serialNumber: `1${randomBytes(15).toString('hex')}0`,
  };
}
