import { DefaultStackSynthesizer, type FileAssetLocation, type FileAssetSource } from 'aws-cdk-lib';

/** The folder in the bucket with the code of one version. The names of its files are hashes of their content. */
export const formatAssetFolder = (version: string): string => `mwaa-cli-proxy/${version}/`;

/** Makes the template read the code of the functions from a bucket that is a parameter, instead of the one of the CDK's bootstrap stack. */
export class TemplateSynthesizer extends DefaultStackSynthesizer {
  // The CDK uses a copy of the synthesizer, which has no private members.
  readonly getBucketName: () => string;

  /** @param getBucketName returns a parameter of the template */
  constructor(version: string, getBucketName: () => string) {
    super({ bucketPrefix: formatAssetFolder(version), generateBootstrapVersionRule: false });
    this.getBucketName = getBucketName;
  }

  override addFileAsset(asset: FileAssetSource): FileAssetLocation {
    return { ...super.addFileAsset(asset), bucketName: this.getBucketName() };
  }
}
