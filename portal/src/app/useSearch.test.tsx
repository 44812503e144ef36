import { act, render } from '@testing-library/react'
import { BrowserRouter } from 'react-router'
import { expect, test } from 'vitest'
import { useSearch } from './useSearch'

type Change = ReturnType<typeof useSearch>[1]

function opened(path: string): Change {
  window.history.replaceState(null, '', path)
  let change: Change | undefined
  function Asks() {
    change = useSearch()[1]
    return null
  }
  render(
    <BrowserRouter basename="/portal">
      <Asks />
    </BrowserRouter>,
  )
  if (!change) throw new Error('it is shown')
  return change
}

const setting = (name: string, value: string) => (now: URLSearchParams) => {
  now.set(name, value)
  return now
}

test('of two changes in one moment both are kept', () => {
  const change = opened('/portal/usage?by=day')
  act(() => {
    change(setting('from', '1'))
    change(setting('to', '2'))
  })
  expect(window.location.search).toBe('?by=day&from=1&to=2')
})

test('nobody is taken back to a page that was left', () => {
  const change = opened('/portal/catalog')
  window.history.pushState(null, '', '/portal/endpoints')
  act(() => change(setting('words', 'late')))
  expect(window.location.pathname + window.location.search).toBe('/portal/endpoints')
})
