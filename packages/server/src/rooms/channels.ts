// A room has two channels: those who speak natter.v1 get frames, plain clients get sentences.

export function frameChannel(room: string): string {
  return `v1:${room}`;
}

export function sentenceChannel(room: string): string {
  return `plain:${room}`;
}
