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
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority that lives as long as the process: its private key is in memory and nowhere else. */
export interface CertificateAuthority {
  /** The PEM file a client is to trust (`NODE_EXTRA_CA_CERTS`, `curl --cacert`). */
  readonly file: string;
  /** A server certificate for that DNS name. */
  issueCertificate(hostname: string): Promise<ServerCertificate>;
  /** One for that DNS name from another authority, whose certificate nobody has. */
  issueUntrustedCertificate(hostname: string): Promise<ServerCertificate>;
}

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/**
 * Makes a certificate authority and writes its certificate, `mwaa-ca.pem`, into the folder. Its certificates hold for a
 * week from yesterday by the machine's own clock: TLS knows no other.
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
    // A common name holds 64 characters at most, a web server's host name may have more: the name stands in the extension.
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
    // The first bit is zero, as a positive number wants it.
    serialNumber: `1${randomBytes(15).toString('hex')}0`,
  };
}
