import { createHash, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as x509 from '@peculiar/asn1-x509';

/** What signs. */
export interface Issuer {
  /** Null: it is about to sign its own, a root's. */
  readonly certPem: string | null;
  readonly publicKey: KeyObject;
  /** RSA. */
  readonly privateKey: KeyObject;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  /** Null: a root that issues leaves, and nothing below them. */
  readonly serverNames: readonly string[] | null;
  readonly notBefore: number;
  readonly notAfter: number;
}

const COMMON_NAME = '2.5.4.3';
const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const NULL = new Uint8Array([5, 0]).buffer;

const signAsync = promisify(
  (data: Uint8Array, key: KeyObject, done: (error: Error | null, signature: Buffer) => void) =>
    sign('sha256', data, key, done),
);

/** A copy: a Buffer may be a window of a larger one. */
const bytesOf = (buffer: Uint8Array): ArrayBuffer => new Uint8Array(buffer).buffer;

function nameOf(commonName: string): x509.Name {
  const value = new x509.AttributeValue({ utf8String: commonName });
  const attribute = new x509.AttributeTypeAndValue({ type: COMMON_NAME, value });
  return new x509.Name([new x509.RelativeDistinguishedName([attribute])]);
}

/** Byte for byte as it stands in the issuer's certificate (RFC 5280, 6.1.3, a 4). */
function subjectOf(certPem: string): x509.Name {
  const { raw } = new X509Certificate(certPem);
  return AsnConvert.parse(raw, x509.Certificate).tbsCertificate.subject;
}

const spkiOf = (key: KeyObject): x509.SubjectPublicKeyInfo =>
  AsnConvert.parse(key.export({ type: 'spki', format: 'der' }), x509.SubjectPublicKeyInfo);

/** RFC 5280, 4.2.1.2, method 1. */
export function keyIdOf(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(new Uint8Array(spkiOf(key).subjectPublicKey))
    .digest();
}

function extension(extnID: string, critical: boolean, value: object): x509.Extension {
  const extnValue = new OctetString(AsnConvert.serialize(value));
  return new x509.Extension({ extnID, critical, extnValue });
}

function ofRoot(): readonly x509.Extension[] {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return [
    extension(
      x509.id_ce_basicConstraints,
      true,
      new x509.BasicConstraints({ cA: true, pathLenConstraint: 0 }),
    ),
    extension(x509.id_ce_keyUsage, true, new x509.KeyUsage(keyCertSign | cRLSign)),
  ];
}

/** RSA besides takes part in the key exchange of old firmware (RFC 5246, 7.4.2). */
function usageOf({ asymmetricKeyType }: KeyObject): number {
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
  return asymmetricKeyType === 'rsa' ? digitalSignature | keyEncipherment : digitalSignature;
}

function ofServer(
  key: KeyObject,
  names: readonly string[],
  issuer: Issuer,
): readonly x509.Extension[] {
  const general = names.map((name) =>
    isIP(name) > 0
      ? new x509.GeneralName({ iPAddress: name })
      : new x509.GeneralName({ dNSName: name }),
  );
  const keyIdentifier = new x509.KeyIdentifier(bytesOf(keyIdOf(issuer.publicKey)));
  return [
    extension(x509.id_ce_basicConstraints, true, new x509.BasicConstraints()),
    extension(x509.id_ce_keyUsage, true, new x509.KeyUsage(usageOf(key))),
    extension(x509.id_ce_extKeyUsage, false, new x509.ExtendedKeyUsage([x509.id_kp_serverAuth])),
    extension(x509.id_ce_subjectAltName, false, new x509.SubjectAlternativeName(general)),
    extension(
      x509.id_ce_authorityKeyIdentifier,
      false,
      new x509.AuthorityKeyIdentifier({ keyIdentifier }),
    ),
  ];
}

/** 126 bits of chance, positive, and no leading zero (RFC 5280, 4.1.2.2). */
function serialNumber(): ArrayBuffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return bytesOf(serial);
}

const toPem = (der: ArrayBuffer): string => {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/g);
  return `-----BEGIN CERTIFICATE-----\n${(lines ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
};

/** Whole seconds: certificates know no others (RFC 5280, 4.1.2.5). */
const second = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000);

/** An X.509 v3 certificate as PEM, signed by the issuer with SHA-256 and RSA (RFC 5280). */
export async function issueCertificate(
  request: CertificateRequest,
  issuer: Issuer,
): Promise<string> {
  const { publicKey, serverNames } = request;
  const subject = nameOf(request.commonName);
  const algorithm = new x509.AlgorithmIdentifier({ algorithm: SHA256_WITH_RSA, parameters: NULL });
  const subjectKey = new x509.SubjectKeyIdentifier(bytesOf(keyIdOf(publicKey)));
  const tbsCertificate = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: serialNumber(),
    signature: algorithm,
    issuer: issuer.certPem === null ? subject : subjectOf(issuer.certPem),
    validity: new x509.Validity({
      notBefore: second(request.notBefore),
      notAfter: second(request.notAfter),
    }),
    subject,
    subjectPublicKeyInfo: spkiOf(publicKey),
    extensions: new x509.Extensions([
      ...(serverNames === null ? ofRoot() : ofServer(publicKey, serverNames, issuer)),
      extension(x509.id_ce_subjectKeyIdentifier, false, subjectKey),
    ]),
  });
  const signed = new Uint8Array(AsnConvert.serialize(tbsCertificate));
  const signatureValue = bytesOf(await signAsync(signed, issuer.privateKey));
  return toPem(
    AsnConvert.serialize(
      new x509.Certificate({ tbsCertificate, signatureAlgorithm: algorithm, signatureValue }),
    ),
  );
}
