import { NotHereYet } from '../../components/NotHereYet'

export default function Templates() {
  return (
    <NotHereYet
      title="Templates"
      text="Templates are deployed by the command line until this page is."
      code="cupola deployment group create -g GROUP -f FILE"
    />
  )
}
