import { StateBadge, type Tone } from '../../components/StateBadge'

const TONES: Record<string, Tone> = { Succeeded: 'good', Failed: 'bad', Canceled: 'off' }

/** Has it ended, one way or another? */
export function isOver(state: string): boolean {
  return state in TONES
}

/** The state of a deployment or of one of its steps. */
export function RunState({ state }: { state: string | undefined }) {
  return <StateBadge tone={TONES[state ?? ''] ?? 'busy'}>{state ?? 'Unknown'}</StateBadge>
}

/** The seconds of `PT1.5S`. */
export function secondsOf(duration: string | undefined): number {
  return Number(/^PT([\d.]+)S$/.exec(duration ?? '')?.[1] ?? 0)
}
