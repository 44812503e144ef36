import { Route, Routes } from 'react-router'
import { ApplicationPage } from './ApplicationPage'
import { Applications } from './Applications'
import { Assignments } from './Assignments'
import { Check } from './Check'
import { People } from './People'
import { Roles } from './Roles'

export default function Access() {
  return (
    <Routes>
      <Route index element={<Assignments />} />
      <Route path="check" element={<Check />} />
      <Route path="roles" element={<Roles />} />
      <Route path="people" element={<People />} />
      <Route path="applications" element={<Applications />} />
      <Route path="applications/:id" element={<ApplicationPage />} />
      <Route path="*" element={<Assignments />} />
    </Routes>
  )
}
