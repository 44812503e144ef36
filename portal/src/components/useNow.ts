import { useEffect, useState } from 'react'

/** The present in milliseconds, moving on every `everyMs` while `runs`. */
export function useNow(everyMs: number, runs = true): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!runs) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs, runs])
  return now
}
