/** The user and the password of every URL in a text are masked: `nats://a:b@host` becomes `nats://***@host`. */
export const withoutCredentials = (text: string): string => text.replaceAll(/\/\/[^/,\s"]*@/g, '//***@');
