const REGION = '[a-z]{2,4}(?:-[a-z]+){1,3}-\\d{1,2}';

/** Domains of AWS, in which many services give names to everyone. Source: the section of AWS in https://publicsuffix.org/list/ */
const AWS_DOMAIN =
  /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|amazonwebservices\.com(?:\.cn)?|aws|cloudfront\.net|awsapprunner\.com|awsglobalaccelerator\.com|elasticbeanstalk\.com|amplifyapp\.com)$/;

/** MWAA's own part of the domains of AWS. */
const MWAA_DOMAIN = new RegExp(`(?:^|\\.)(?:${REGION}\\.airflow\\.|airflow\\.${REGION}\\.)`);

/** Domains of registries (`co.uk`, `com.au`) and of the best-known hosting services, in which everyone can get names. */
const PUBLIC_DOMAIN =
  /^(?:(?:ac|co|com|edu|gov|gv|ne|net|or|org)\.[a-z]{2}|(?:github|gitlab|ngrok)\.io|(?:herokuapp|googleusercontent|blogspot)\.com|(?:vercel|netlify|web|run|ngrok|ngrok-free|fly|onrender)\.(?:app|dev|com)|(?:pages|workers)\.dev|(?:azurewebsites|azurefd|azureedge|cloudapp|trafficmanager|windows|ngrok)\.net|nip\.io|sslip\.io|duckdns\.org)$/;

/** Whether everyone can get a name in a domain, so that a web server in it may belong to anybody. Knows the usual ones, not all. */
export const isSharedDomain = (domain: string): boolean =>
  (AWS_DOMAIN.test(domain) && !MWAA_DOMAIN.test(domain)) || PUBLIC_DOMAIN.test(domain);
