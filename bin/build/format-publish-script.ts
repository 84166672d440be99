import { UNPUBLISHED_BUCKET } from '../../lib/template/template-parameters.ts';
import { TEMPLATE_NAME } from '../../lib/template/template-stack.ts';
import { formatAssetFolder } from '../../lib/template/template-synthesizer.ts';

/** The script that copies the template and the code of its functions to a bucket. It needs the AWS CLI, and no Node.js. */
export const formatPublishScript = (version: string): string => `#!/bin/sh
# Publishes the template of mwaa-cli-proxy ${version} and the code of its functions to a bucket, and prints the URL of the template.
# The bucket must be in the region in which the stack will be: Lambda reads code from there only.
set -eu
if [ $# -ne 2 ]; then
  echo "Usage: $0 BUCKET REGION" >&2
  exit 2
fi
bucket=$1
region=$2
case $bucket in
  *[!a-z0-9.-]* | '')
    echo "$0: '$bucket' is not the name of a bucket. Write the name only, as in acme-code" >&2
    exit 2
    ;;
esac
case $region in
  *[!a-z0-9-]* | '')
    echo "$0: '$region' is not a region. Write it as in eu-west-1" >&2
    exit 2
    ;;
esac
# With CDPATH, cd would print the folder.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
folder=${formatAssetFolder(version)}
template=${TEMPLATE_NAME}.template.json
case $region in
  cn-*) suffix=amazonaws.com.cn ;;
  *) suffix=amazonaws.com ;;
esac
aws s3 cp --region "$region" --recursive --only-show-errors "$here/code/" "s3://$bucket/$folder"
# The published template has the bucket as the default of its parameter AssetBucket.
sed "s/${UNPUBLISHED_BUCKET}/$bucket/" "$here/$template" |
  aws s3 cp --region "$region" --only-show-errors --content-type application/json - "s3://$bucket/$folder$template"
echo "https://$bucket.s3.$region.$suffix/$folder$template"
`;
