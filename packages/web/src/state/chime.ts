/** Two short notes, made here: no file to load, nothing for a policy to allow. */
const NOTES_HZ = [660, 880];
const NOTE_S = 0.12;
const LOUDNESS = 0.08;

let context: AudioContext | undefined;

/** Sounds, where the browser lets a page that was clicked before. */
export function chime(): void {
  context ??= new AudioContext();
  NOTES_HZ.forEach((hertz, index) => {
    const start = context!.currentTime + index * NOTE_S;
    const tone = new OscillatorNode(context!, { frequency: hertz });
    const loudness = new GainNode(context!, { gain: 0 });
    loudness.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
    loudness.gain.linearRampToValueAtTime(0, start + NOTE_S);
    tone.connect(loudness).connect(context!.destination);
    tone.start(start);
    tone.stop(start + NOTE_S);
  });
}
