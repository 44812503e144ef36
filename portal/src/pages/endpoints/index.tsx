import { Route, Routes } from 'react-router'
import { EndpointPage } from './detail/EndpointPage'
import { EndpointList } from './EndpointList'

export default function Endpoints() {
  return (
    <Routes>
      <Route index element={<EndpointList />} />
      <Route path=":name" element={<EndpointPage />} />
    </Routes>
  )
}
