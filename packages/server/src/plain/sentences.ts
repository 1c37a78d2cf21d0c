import { nameInSentence, textInSentence } from "@natter/protocol";

// The three sentences of the plain chat, to the letter as plain clients have always known them.

export function arrived(who: string): string {
  return `New client (${nameInSentence(who)}) connected`;
}

export function said(who: string, text: string): string {
  return `Client (${nameInSentence(who)}) : ${textInSentence(text)}`;
}

export function left(who: string): string {
  return `Client (${nameInSentence(who)}) left`;
}
