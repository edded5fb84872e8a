import { SetMetadata, type CustomDecorator } from '@nestjs/common';

const UNREAD_BODY = 'pfi:unread-body';

/** The route gets the body as it arrives, JSON too: for one that passes it on to somebody else. */
export const UnreadBody = (): CustomDecorator => SetMetadata(UNREAD_BODY, true);

export const leavesBodyUnread = (handler: object): boolean => Reflect.getMetadata(UNREAD_BODY, handler) === true;
