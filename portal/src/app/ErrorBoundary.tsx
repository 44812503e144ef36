import { Component, type ReactNode } from 'react'
import { asProblem } from '../api/problem'
import { ProblemMessage } from '../components/ProblemMessage'

interface Props {
  children: ReactNode
}

/** Holds a fault of a page, so that the frame around it stays. Give it a `key` that changes with the address. */
export class ErrorBoundary extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    if (this.state.error === undefined) return this.props.children
    return (
      <div style={{ padding: 24 }}>
        <ProblemMessage
          problem={asProblem(this.state.error)}
          title="This page has a fault"
          onRetry={() => this.setState({ error: undefined })}
        />
      </div>
    )
  }
}
