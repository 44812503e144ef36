import { NotHereYet } from '../../components/NotHereYet'

export default function Usage() {
  return (
    <NotHereYet
      title="Usage and cost"
      text="Usage is shown by the command line until this page is."
      code="cupola usage -o table"
    />
  )
}
